"""The addresses of consultations, below `consultations/`."""

from django.urls import path

from hansa.strategy.consultations.views import answering, invitations, lists, organise, points, public, rounds

urlpatterns = [
    path("", lists.consultations, name="consultations"),
    path("new/", organise.new, name="new_consultation"),
    path("answer/<str:token>/", answering.answer, name="answer_consultation"),
    path("answer/<str:token>/thanks/", answering.thanks, name="thanks_consultation"),
    path("<int:pk>/", public.consultation, name="consultation"),
    path("<int:pk>/organise/", organise.consultation, name="organise_consultation"),
    path("<int:pk>/edit/", organise.edit, name="edit_consultation"),
    path("<int:pk>/open/", organise.open_it, name="open_consultation"),
    path("<int:pk>/close/", organise.close, name="close_consultation"),
    path("<int:pk>/reopen/", organise.reopen, name="reopen_consultation"),
    path("<int:pk>/rounds/new/", rounds.new, name="new_round"),
    path("<int:pk>/rounds/<int:number>/", rounds.edit, name="edit_round"),
    path("<int:pk>/rounds/<int:number>/<slug:verb>/", rounds.act, name="act_on_round"),
    path("<int:pk>/invitations/", invitations.invitations, name="consultation_invitations"),
    path("<int:pk>/invitations/new/", invitations.invite, name="invite_to_consultation"),
    path("<int:pk>/invitations/many/", invitations.invite_many, name="invite_many"),
    path("<int:pk>/invitations/erase/", invitations.erase, name="erase_invitations"),
    path("<int:pk>/invitations/<int:key>/renew/", invitations.renew, name="renew_link"),
    path("<int:pk>/invitations/<int:key>/withdraw/", invitations.withdraw, name="withdraw_invitation"),
    path("<int:pk>/invitations/<int:key>/erase/", invitations.erase, name="erase_invitation"),
    path("<int:pk>/points/", points.points, name="consultation_points"),
    path("<int:pk>/points/<int:key>/", points.reply, name="reply_to_point"),
    path("<int:pk>/points/<int:key>/split/", points.split, name="split_point"),
    path("<int:pk>/sessions/new/", rounds.new_session, name="new_session"),
    path("<int:pk>/sessions/<int:key>/", rounds.edit_session, name="edit_session"),
    path("<int:pk>/sessions/<int:key>/remove/", rounds.remove_session, name="remove_session"),
    path("<int:pk>/minutes/draft/", organise.draft_minutes, name="draft_minutes"),
    path("<int:pk>/minutes/", organise.edit_minutes, name="edit_minutes"),
    path("<int:pk>/minutes/sign/", organise.sign_minutes, name="sign_minutes"),
]
